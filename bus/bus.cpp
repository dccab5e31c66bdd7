namespace simpul {}
